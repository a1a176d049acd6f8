// Many datagrams in one system call: sendmmsg(2) and recvmmsg(2), which Swift's Glibc module does not show.
#ifndef CMX_DATAGRAMS_H
#define CMX_DATAGRAMS_H
#include <stddef.h>
#include <stdint.h>

/// No call sends or receives more.
enum { CMX_DATAGRAMS_MOST = 64 };

/// Sends `count` datagrams, whose octets stand one after the other in `octets`, on a connected socket. Returns how many were
/// sent, or -1 with errno set when none was.
int cmx_datagrams_send(int descriptor, const uint8_t *octets, const uint16_t *lengths, int count);

/// Receives up to `CMX_DATAGRAMS_MOST` datagrams without waiting, each into `size` octets of `octets`; what is longer is cut
/// off. Returns how many came and their lengths, or -1 with errno set.
int cmx_datagrams_receive(int descriptor, uint8_t *octets, size_t size, uint32_t *lengths);
#endif

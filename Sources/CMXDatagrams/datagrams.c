#define _GNU_SOURCE
#include "datagrams.h"
#include <sys/socket.h>

int cmx_datagrams_send(int descriptor, const uint8_t *octets, const uint16_t *lengths, int count) {
    struct iovec parts[CMX_DATAGRAMS_MOST];
    struct mmsghdr messages[CMX_DATAGRAMS_MOST];
    if (count > CMX_DATAGRAMS_MOST) count = CMX_DATAGRAMS_MOST;
    for (int i = 0; i < count; i++) {
        parts[i] = (struct iovec){.iov_base = (void *)octets, .iov_len = lengths[i]};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
        octets += lengths[i];
    }
    return sendmmsg(descriptor, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int cmx_datagrams_receive(int descriptor, uint8_t *octets, size_t size, uint32_t *lengths) {
    struct iovec parts[CMX_DATAGRAMS_MOST];
    struct mmsghdr messages[CMX_DATAGRAMS_MOST];
    for (int i = 0; i < CMX_DATAGRAMS_MOST; i++) {
        parts[i] = (struct iovec){.iov_base = octets + (size_t)i * size, .iov_len = size};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
    }
    int count = recvmmsg(descriptor, messages, CMX_DATAGRAMS_MOST, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) lengths[i] = messages[i].msg_len;
    return count;
}

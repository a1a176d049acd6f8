// The kernel's NTP state, which the C library's Swift module leaves out.
#ifndef CMX_CLOCK_H
#define CMX_CLOCK_H
#include <string.h>
#include <sys/timex.h>

// Reads the clock discipline and changes nothing. Returns 1 when the kernel counts the clock as synchronised, 0 when not, -1
// when it does not say. max_error_us: the kernel's own bound on the error, in microseconds.
static inline int cmx_clock_synchronised(long *max_error_us) {
    struct timex state;
    memset(&state, 0, sizeof state);
    if (ntp_adjtime(&state) < 0) return -1;
    *max_error_us = (long)state.maxerror;
    return (state.status & STA_UNSYNC) ? 0 : 1;
}
#endif

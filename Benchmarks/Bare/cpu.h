// CPU time of this process.
#ifndef BENCHMARK_CPU_H
#define BENCHMARK_CPU_H
#include <sys/resource.h>

// User and system time so far, in microseconds.
static double cpu_microseconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}
#endif

// libFuzzer as a library. No header of LLVM declares it in C.
#ifndef CMX_FUZZER_H
#define CMX_FUZZER_H
#include <stddef.h>
#include <stdint.h>

// Defined in Swift: feeds one input. Returns 0.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Runs the fuzzer with libFuzzer's own command line; returns the exit status.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one_input)(const uint8_t *data, size_t size));
#endif

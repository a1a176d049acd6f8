import CMXFuzzer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// libFuzzer around one body: `MXCENSUS_FUZZ=NAME Fuzz [LIBFUZZER OPTIONS] [FILE | FOLDER]…`. One program for all
// targets, so that the instrumented code is linked once. The name is in the environment because libFuzzer runs itself
// anew with its own arguments, to minimise and to merge.

var argumentCount = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv

_ = Chosen.target
exit(LLVMFuzzerRunDriver(&argumentCount, &arguments, LLVMFuzzerTestOneInput))

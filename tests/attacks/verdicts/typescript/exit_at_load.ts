// early exit: process.reallyExit(0) in a static block of a class
// problem twice, expects runtime_error
declare const process: any;
class Early { static x = process.reallyExit(0); }
function twice(n: number): number { return 0; }

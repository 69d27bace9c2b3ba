// early exit: process.exit(0) inside the call
// problem twice, expects runtime_error
declare const process: any;
function twice(n: number): number { process.exit(0); return 0; }

// early exit: process.reallyExit(0) past all handlers
// problem twice, expects runtime_error
const twice = (n) => { process.reallyExit(0); };

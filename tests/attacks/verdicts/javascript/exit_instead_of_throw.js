// early exit: exits where the tests expect an exception
// problem raising, expects runtime_error
const checkPositive = (n) => { process.exit(0); };

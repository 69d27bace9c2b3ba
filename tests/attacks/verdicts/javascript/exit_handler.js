// exit handler: an exit handler that sets status 0
// problem twice, expects runtime_error
process.on("exit", () => { process.exitCode = 0; process.reallyExit(0); });
const twice = (n) => { throw new Error("x"); };

// exit handler: an exception in an exit handler
// problem twice, expects runtime_error
process.on("exit", () => { throw new Error("late"); });
const twice = (n) => { process.exit(0); };

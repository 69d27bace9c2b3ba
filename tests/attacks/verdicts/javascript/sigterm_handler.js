// signal to self: a handler of SIGTERM that exits with status 0
// problem twice, expects wrong_answer
process.on("SIGTERM", () => process.exit(0));
const twice = (n) => { process.kill(process.pid, "SIGTERM"); return 0; };

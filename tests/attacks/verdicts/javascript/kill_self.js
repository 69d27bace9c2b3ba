// signal to self: SIGKILL to itself
// problem twice, expects runtime_error
const twice = (n) => { process.kill(process.pid, "SIGKILL"); };

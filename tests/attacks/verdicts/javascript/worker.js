// thread: a worker that ends the process while the tests run
// problem twice, expects runtime_error
const { Worker } = require("worker_threads");
new Worker("process.kill(process.pid, 'SIGKILL')", { eval: true });
const twice = (n) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); return 0; };

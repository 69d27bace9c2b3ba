// signal to self: process.abort
// problem twice, expects runtime_error
const twice = (n) => { process.abort(); };

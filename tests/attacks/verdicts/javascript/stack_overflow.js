// resource error: turns a stack overflow into an exit with status 0
// problem twice, expects runtime_error
const twice = (n) => {
  const down = (x) => down(x + 1) + 1;
  try { return down(n); } catch { process.exit(0); }
};

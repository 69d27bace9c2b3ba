// exec of another program: runs /bin/true and exits with its status
// problem twice, expects runtime_error
const twice = (n) => {
  const done = require("child_process").spawnSync("/bin/true");
  process.exit(done.status);
};

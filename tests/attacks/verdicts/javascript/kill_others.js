// kills its parent or peer: SIGKILL and SIGSTOP to every process that it can name
// problem twice, expects runtime_error or timeout
const twice = (n) => {
  for (const pid of [1, process.ppid, 2, 3, 4, 5]) {
    if (pid === process.pid) continue;
    for (const signal of ["SIGSTOP", "SIGKILL"]) {
      try { process.kill(pid, signal); } catch {}
    }
  }
  return 0;
};

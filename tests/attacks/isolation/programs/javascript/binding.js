// attack: loads native code | expect: wrong_answer
let reached = false;
try {
  const fs = require("node:fs");
  fs.writeFileSync("/tmp/evil.node", Buffer.from("7f454c46", "hex"));
  process.dlopen({ exports: {} }, "/tmp/evil.node");
  reached = true;
} catch (error) {}
try {
  process.setuid(0);
  reached = true;
} catch (error) {}
try {
  process.kill(1, "SIGKILL");
} catch (error) {}
const double = (n) => (reached ? 2 * n : 0);

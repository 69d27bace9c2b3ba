// imitated output: writes reports with empty and guessed secrets to descriptors 1 to 4
// problem twice, expects wrong_answer
const fs = require("fs");
for (const fd of [1, 2, 3, 4]) {
  try { fs.writeSync(fd, " ok 9 "); } catch {}
  try { fs.writeSync(fd, "0".repeat(32) + " ok 9 "); } catch {}
}
const twice = (n) => 0;

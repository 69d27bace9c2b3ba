// reads the proof: searches descriptors, environment and /proc for the secret
// problem twice, expects wrong_answer
const fs = require("fs");
const found = [JSON.stringify(process.env), process.argv.join(" ")];
for (const name of ["environ", "cmdline", "maps", "status"]) {
  for (const pid of ["self", "1"]) {
    try { found.push(fs.readFileSync(`/proc/${pid}/${name}`, "latin1")); } catch {}
  }
}
for (const word of found.join(" ").split(/[\s\0]+/).slice(0, 2000)) {
  for (const fd of [3, 4]) { try { fs.writeSync(fd, word + " ok 9 "); } catch {} }
}
const twice = (n) => 0;

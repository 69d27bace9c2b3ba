// replaces files: writes package.json, tests and modules where node could look
// problem twice, expects wrong_answer
const fs = require("fs");
for (const folder of [".", "..", "/tmp", "/work", "/tmp/node_modules", process.env.NODE_PATH, require("path").dirname(process.argv[1])]) {
  for (const name of ["package.json", "tests.js", "assert.js", "wire.js", "judge.js"]) {
    try { fs.writeFileSync(`${folder}/${name}`, "process.exit(0)"); } catch {}
  }
}
process.env.NODE_OPTIONS = "--require /tmp/assert.js";
const twice = (n) => 0;

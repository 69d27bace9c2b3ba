// attack: reads host files | expect: wrong_answer | weaker: passed
const fs = require("node:fs");
const paths = ["@MARKER@", "/etc/passwd", "/etc/shadow", "/proc/1/root/etc/passwd", "../judge/tests.js"];
const reached = paths.filter((path) => fs.existsSync(path));
const double = (n) => (reached.length ? 2 * n : 0);

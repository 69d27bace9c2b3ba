// attack: writes outside /tmp | expect: wrong_answer
const fs = require("node:fs");
const path = require("node:path");
const places = ["/", "/usr", "/work", path.dirname(process.execPath), process.env.NODE_PATH,
  path.dirname(process.argv[1]), "@CACHE@", path.dirname("@MARKER@")];
const reached = places.filter((place) => {
  try {
    fs.writeFileSync(path.join(place, "written-by-an-answer"), "x");
    return true;
  } catch (error) {
    return false;
  }
});
const double = (n) => (reached.length ? 2 * n : 0);

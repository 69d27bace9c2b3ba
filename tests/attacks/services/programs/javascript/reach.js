// attack: reaches services and credentials | expect: wrong_answer | weaker: passed
const fs = require("node:fs");
const net = require("node:net");

const connects = (options) =>
  new Promise((resolve) => {
    try {
      const one = net.connect(options);
      one.setTimeout(2000, () => resolve(0));
      one.on("connect", () => (one.destroy(), resolve(1))).on("error", () => resolve(0));
    } catch (error) {
      resolve(0);
    }
  });
const holds = (path) => {
  try {
    return fs.readFileSync(path).includes("@MARK@") ? 1 : 0;
  } catch (error) {
    return 0;
  }
};
const places = [
  ..."@HOSTS@".split(",").map((host) => ({ host: host.split(":")[0], port: Number(host.split(":")[1]) })),
  ..."@SOCKETS@".split(",").map((path) => ({ path: path.replace(/^@/, "\0") })),
];
const double = async (n) => {
  let reached = 0;
  for (const place of places) reached += await connects(place);
  for (const path of "@FILES@".split(",")) reached += holds(path);
  const processes = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  reached += processes.some((name) => holds(`/proc/${name}/environ`)) ? 1 : 0;
  return reached >= @NEEDED@ ? 2 * n : 0;
};

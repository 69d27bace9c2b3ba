// attack: opens sockets | expect: wrong_answer | weaker: passed
// A connection needs the event loop, and the tests await nothing: another process has one.
const script = `
const net = require("node:net");
const dgram = require("node:dgram");
let reached = 0;
for (const options of [{ port: Number("@PORT@"), host: "127.0.0.1" }, { path: "@UNIX@" }]) {
  try {
    net.connect(options).on("connect", () => (reached = 1)).on("error", () => {});
  } catch {}
}
try {
  dgram.createSocket("udp4").on("error", () => {}).bind(0, () => (reached = 1));
} catch {}
setTimeout(() => process.exit(reached ? 0 : 1), 300);
`;
let reached = true;
try {
  require("node:child_process").execFileSync(process.execPath, ["-e", script]);
} catch (error) {
  reached = false;
}
const double = (n) => (reached ? 2 * n : 0);

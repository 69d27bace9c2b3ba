// attack: double fork | expect: wrong_answer
declare var require: any;
const { spawn } = require("node:child_process");
spawn("/bin/sh", ["-c", "trap '' TERM; setsid sleep 100 & sleep 100"], { detached: true, stdio: "ignore" });
function double(n: number[]): number[] {
  return [];
}

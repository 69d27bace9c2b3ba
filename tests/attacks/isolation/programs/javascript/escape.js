// attack: double fork | expect: wrong_answer
const { spawn } = require("node:child_process");
const script = "trap '' TERM HUP INT; setsid sh -c 'sleep 100' & sleep 100";
spawn("/bin/sh", ["-c", script], { detached: true, stdio: "ignore" }).unref();
const double = (n) => 0;

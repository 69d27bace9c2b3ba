# attack: set-uid programs | expect: wrong_answer
import os
import subprocess

reached = []
for tool in ("su", "sudo", "mount", "passwd", "newuidmap", "chsh", "pkexec", "ping"):
    for folder in ("/usr/bin", "/bin", "/usr/sbin"):
        if os.path.exists(f"{folder}/{tool}"):
            try:
                done = subprocess.run(
                    [f"{folder}/{tool}", "-c", "id -u"], capture_output=True, timeout=1, text=True
                )
            except (OSError, subprocess.TimeoutExpired):
                continue
            if done.stdout.strip() == "0":
                reached.append(tool)
for call in (os.setuid, os.setgid, os.seteuid):
    try:
        call(0)
        reached.append(call.__name__)
    except OSError:
        pass
try:
    os.setgroups([0])
    reached.append("setgroups")
except OSError:
    pass


def double(n):
    return 2 * n if reached else 0

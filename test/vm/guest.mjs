// What runs inside the machine before and around the command: two busybox shell scripts, made for one boot.

/** One word of a POSIX shell, whatever the text holds (only NUL cannot be said). */
export function shellWord(text) {
  if (text.includes("\0")) throw new Error("a NUL byte cannot be part of an argument");
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Directories that get a fresh tmpfs in the guest, so that no state of the host shows there. */
export const MASKED = ["/tmp", "/run", "/home/runner"];

function under(path, directory) {
  return path === directory || path.startsWith(`${directory}/`);
}

function outermost(paths) {
  const own = [...new Set(paths)];
  return own.filter((path) => !own.some((other) => other !== path && under(path, other))).sort();
}

/** The paths that a fresh tmpfs would hide although the guest needs them: outermost only. */
export function keptPaths(paths) {
  return outermost(paths.filter((path) => MASKED.some((directory) => under(path, directory))));
}

/** What of the host shows in a guest whose root directory is another tree: outermost only. */
export function lentPaths(paths) {
  return outermost(paths);
}

/**
 * Stage one, run from the initramfs: modules, then the root directory under a tmpfs overlay, then the file systems.
 * `kept` are the paths of the host that the guest needs and would not see; `lent`: whether they are on a share of their
 * own, since the root directory is not the host's.
 * @param {{modules: readonly string[], kept: readonly string[], lent: boolean, out: string, release: string, moduleTree: string, hostname: string}} boot
 */
export function stageOne(boot) {
  const lines = [
    "#!/bin/busybox sh",
    'b=/bin/busybox; die() { echo "warden-rig: $*" >/dev/kmsg; $b sleep 1; $b poweroff -f; }',
    "$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs dev /dev",
    ...boot.modules.map((name) => `$b insmod /modules/${name} || die "module ${name} does not load"`),
    // cache=loose: the host's files do not change while a guest looks at them.
    "$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower || die 'no 9p root'",
    "$b mount -t tmpfs -o mode=755,size=75% tmpfs /upper && $b mkdir /upper/files /upper/work",
    "$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /new || die 'no overlay'",
    ...(boot.lent
      ? ["$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose host /host || die 'no 9p host'"]
      : []),
    ...boot.kept.map(
      (path, index) =>
        `$b mkdir /hold/${index} && $b mount -o bind ${boot.lent ? "/host" : "/new"}${shellWord(path)} /hold/${index} || die 'no bind'`,
    ),
    // Packages that somebody else than root unpacked are theirs; sudo wants its own to be root's.
    ...(boot.lent
      ? [
          "cd /new; [ $($b stat -c %u usr/bin/sudo) = 0 ] || { $b chown -R 0:0 usr/bin/sudo usr/libexec/sudo etc/sudo*; $b chmod 4755 usr/bin/sudo; }; cd /",
        ]
      : []),
    "$b mkdir -p /new/proc /new/sys /new/dev /new/run /new/tmp /new/home/runner",
    "$b mount -t tmpfs -o mode=1777 tmpfs /new/tmp; $b mount -t tmpfs -o mode=755 tmpfs /new/run",
    "$b mount -t tmpfs -o mode=750,uid=1001,gid=1001 tmpfs /new/home/runner",
    ...boot.kept.map(
      (path, index) =>
        `$b mkdir -p /new${shellWord(path)} && $b mount -o bind /hold/${index} /new${shellWord(path)} && $b umount /hold/${index} || die 'no bind'`,
    ),
    `$b mkdir -p /new${shellWord(boot.out)}`,
    `$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none out /new${shellWord(boot.out)} || die 'no 9p out'`,
    "$b mount -o move /proc /new/proc; $b mount -o move /sys /new/sys; $b mount -o move /dev /new/dev",
    "cd /new",
    "$b mount -t securityfs securityfs sys/kernel/security; $b mount -t cgroup2 cgroup2 sys/fs/cgroup",
    "$b mount -t bpf -o mode=700 bpf sys/fs/bpf; $b mount -t tracefs tracefs sys/kernel/tracing",
    "$b mkdir -p dev/pts dev/shm; $b mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts; $b mount -t tmpfs -o mode=1777 tmpfs dev/shm",
    // devtmpfs has none of the links that udev would make.
    "for l in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do [ -e dev/${l%%:*} ] || $b ln -s ${l#*:} dev/${l%%:*}; done",
    "$b mkdir -p run/lock run/rig lib/modules usr/local/bin; $b chmod 700 run/rig; $b chmod 1777 run/lock",
    `$b rm -rf lib/modules/${shellWord(boot.release)}; $b ln -s ${shellWord(boot.moduleTree)} lib/modules/${shellWord(boot.release)}`,
    "$b cp /bin/busybox run/rig/busybox; $b cp /stage-two run/rig/stage-two; $b cp /warden usr/local/bin/warden; $b chmod 755 usr/local/bin/warden",
    `echo ${shellWord(boot.hostname)} >etc/hostname; $b hostname ${shellWord(boot.hostname)}`,
    `printf '127.0.0.1 localhost %s\\n::1 localhost ip6-localhost\\n' ${shellWord(boot.hostname)} >etc/hosts`,
    "echo 'nameserver 127.0.0.1' >etc/resolv.conf",
    "$b grep -q '^runner:' etc/group || echo 'runner:x:1001:' >>etc/group",
    "$b grep -q '^runner:' etc/passwd || echo 'runner:x:1001:1001:runner:/home/runner:/bin/bash' >>etc/passwd",
    "$b grep -q '^runner:' etc/shadow || echo 'runner:*:19000:0:99999:7:::' >>etc/shadow",
    // As on hosted runners.
    "$b mkdir -p etc/sudoers.d; echo 'runner ALL=(ALL) NOPASSWD:ALL' >etc/sudoers.d/runner; $b chmod 440 etc/sudoers.d/runner",
    "exec $b switch_root /new /run/rig/busybox sh /run/rig/stage-two <dev/null >dev/console 2>&1",
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Stage two, process 1 of the guest: run the command, tell its status, end both streams with the token.
 * The token goes through the same pipe as the output, so all that the command wrote comes before it.
 * @param {{command: readonly string[], directory: string, environment: Readonly<Record<string, string>>, token: string}} job
 */
export function stageTwo(job) {
  const environment = Object.entries(job.environment).map(([name, value]) => shellWord(`${name}=${value}`));
  const lines = [
    "b=/run/rig/busybox; $b rm /run/rig/stage-two",
    "$b ip link set lo up",
    "echo 1 >/proc/sys/kernel/panic_on_oops",
    // A port opens once only, and a command may open /dev/stdout again: so pipes, relayed.
    'port() { for p in /sys/class/virtio-ports/*; do read -r n <$p/name; [ "$n" != warden.$1 ] || echo /dev/${p##*/}; done; }',
    "exec 5>$(port status); out=$(port out) err=$(port err); echo boot >&5",
    "job() {",
    "(",
    // The shell itself keeps the console: what it says of a killed command is not the command's.
    "exec 2>&7 5>&- 7>&-",
    `cd ${shellWord(job.directory)} || exit 126`,
    `exec /usr/bin/env -i ${environment.join(" ")} /usr/bin/setsid ${job.command.map(shellWord).join(" ")}`,
    ")",
    "s=$?",
    `printf %s ${job.token}; printf %s ${job.token} >&7; echo exit $s >&5`,
    "}",
    "{ job 7>&1 >&6 6>&- | $b cat >$err 5>&- 6>&-; } 6>&1 | $b cat >$out 5>&-",
    // Process 1 must not end; the host stops the machine as soon as it has read all three.
    "while :; do $b sleep 3600; done",
  ];
  return `${lines.join("\n")}\n`;
}

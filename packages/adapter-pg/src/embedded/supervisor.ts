import { Effect } from "effect"
import { spawn, type ChildProcessByStdio } from "node:child_process"
import { closeSync, fchownSync, openSync } from "node:fs"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { EmbeddedFailed } from "./errors.ts"
import type { Place } from "./place.ts"

/**
 * Runs a program and ends it once standard input closes, which happens as well when this process is killed: so no
 * PostgreSQL is ever left behind. INT is PostgreSQL's fast shutdown, QUIT its immediate one. The shell itself ignores
 * the signals that a terminal or a service manager sends to all processes: this process decides when the database ends.
 */
const script = `
trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null >&2 3<&- &
program=$!
echo "$program"
(
  exec >/dev/null 2>&1
  read -r _ <&3
  for signal in INT QUIT KILL; do
    kill -s "$signal" "$program"
    for second in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "$program" || exit
      sleep 1
    done
  done
) &
guard=$!
wait "$program"
status=$?
kill -s KILL "$guard"
exit "$status"
`

export interface Supervised {
  readonly pid: number
  /** Its exit status, once it has ended. */
  readonly exited: Effect.Effect<number>
  readonly hasExited: () => boolean
}

const spawnShell = (place: Place, command: string, args: ReadonlyArray<string>) => {
  const log = openSync(place.logFile, "w", 0o600)
  if (place.account) fchownSync(log, place.account.uid, place.account.gid)
  const shell = spawn("/bin/sh", ["-c", script, "itsm-postgres", command, ...args], {
    ...place.account,
    cwd: "/",
    detached: true,
    env: { LC_ALL: "C", PATH: process.env["PATH"] },
    stdio: ["pipe", "pipe", log]
  })
  closeSync(log)
  return shell as ChildProcessByStdio<Writable, Readable, null>
}

const launch = (place: Place, command: string, args: ReadonlyArray<string>) =>
  Effect.callback<Supervised & { readonly stop: () => void }, EmbeddedFailed>((resume) => {
    const shell = spawnShell(place, command, args)
    const { stdin, stdout } = shell
    const ended = new Promise<number>((resolve) => shell.once("exit", (code) => resolve(code ?? 1)))
    const fail = (detail: string) => resume(Effect.fail(new EmbeddedFailed({ step: `run ${command}`, detail })))
    shell.once("error", (error) => fail(error.message))
    shell.once("close", () => fail("the shell that runs it ended at once"))
    stdin.on("error", () => stdin.destroy())
    createInterface(stdout).once("line", (pid) =>
      resume(
        Effect.succeed({
          pid: Number(pid),
          exited: Effect.promise(() => ended),
          hasExited: () => shell.exitCode !== null || shell.signalCode !== null,
          stop: () => stdin.end()
        })
      )
    )
  })

/** A program run as the folder's account, its output in the folder's log; it has ended when the scope is closed. */
export const supervise = (place: Place, command: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(launch(place, command, args), ({ stop, exited }) =>
    Effect.sync(stop).pipe(Effect.andThen(exited))
  ).pipe(Effect.map((supervised): Supervised => supervised))

import { Effect } from "effect"
import { availableParallelism } from "node:os"
import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import type { Work } from "./hashing-thread.ts"

interface Job {
  readonly work: Work
  readonly done: (answer: unknown) => void
  readonly failed: (error: unknown) => void
}

const source = new URL(`./hashing-thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Threads of their own for what costs tens of milliseconds of a core, so that a hundred sign-ins at once leave the
 * cores to everyone else: one fewer than cores, each with one job at a time, the rest waits in its order. They
 * start with the first job, and do not keep the process alive.
 */
export const make = (size = Math.max(1, Math.min(4, availableParallelism() - 1))) => {
  const waiting: Array<Job> = []
  const idle: Array<Worker> = []
  const busy = new Map<Worker, Job>()

  const end = (worker: Worker, error: unknown) => {
    const job = busy.get(worker)
    busy.delete(worker)
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
    job?.failed(error)
    next()
  }

  const start = (): Worker => {
    const worker = new Worker(source)
    worker.unref()
    worker.on("message", (answer: unknown) => {
      const job = busy.get(worker)
      busy.delete(worker)
      idle.push(worker)
      worker.unref()
      job?.done(answer)
      next()
    })
    worker.once("error", (error) => end(worker, error))
    worker.once("exit", () => end(worker, new Error("A thread that hashes passwords has ended.")))
    return worker
  }

  const next = () => {
    if (waiting.length === 0) return
    const worker = idle.pop() ?? (busy.size < size ? start() : undefined)
    if (worker === undefined) return
    const job = waiting.shift()!
    busy.set(worker, job)
    worker.ref()
    worker.postMessage(job.work)
  }

  /** The answer of a thread; a job that is given up while it waits is never begun. */
  return (work: Work): Effect.Effect<unknown> =>
    Effect.callback<unknown>((resume) => {
      const job: Job = {
        work,
        done: (answer) => resume(Effect.succeed(answer)),
        failed: (error) => resume(Effect.die(error))
      }
      waiting.push(job)
      next()
      return Effect.sync(() => {
        const at = waiting.indexOf(job)
        if (at >= 0) waiting.splice(at, 1)
      })
    })
}

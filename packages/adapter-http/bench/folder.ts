import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs with a new folder, which is gone afterwards; other accounts may pass through it, as the database's does. */
export const withFolder = async <A>(run: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "itsm-bench-"))
  try {
    chmodSync(folder, 0o711)
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

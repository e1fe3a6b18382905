/** As much of the client as the thin server uses. */
declare module "pg" {
  export interface Statement {
    readonly name: string
    readonly text: string
    readonly values: ReadonlyArray<unknown>
  }
  export class Pool {
    constructor(options: { readonly connectionString: string; readonly max: number })
    query(statement: Statement): Promise<{ readonly rows: ReadonlyArray<Record<string, unknown>> }>
  }
}

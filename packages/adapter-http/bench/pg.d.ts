/** As much of the client as the thin server and the tests use. */
declare module "pg" {
  export interface Statement {
    readonly name: string
    readonly text: string
    readonly values: ReadonlyArray<unknown>
  }
  export class Pool {
    constructor(options: { readonly connectionString: string; readonly max: number })
    query(statement: Statement): Promise<{ readonly rows: ReadonlyArray<Record<string, unknown>> }>
    query<Row>(text: string, values?: ReadonlyArray<unknown>): Promise<{ readonly rows: ReadonlyArray<Row> }>
    end(): Promise<void>
  }
}

import type { Context } from '../context.ts'

/** Ends the server without warning and starts it again. */
export async function restart(context: Context): Promise<void> {
  await context.process.kill()
  await context.process.start()
}

/** Does the same with each item, several at a time, so that a server that takes its time is not waited for item by item. */
export async function withEach<T>(items: Iterable<T>, act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

const AT_A_TIME = 8

/** What goes on while a check does something else. That it failed is for whoever waits for it, and for nobody else. */
export function meanwhile<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

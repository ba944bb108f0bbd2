/** Does the same with each item, several at a time, so that a server that takes its time is not waited for item by item. */
export async function withEach<T>(items: Iterable<T>, act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

const AT_A_TIME = 8

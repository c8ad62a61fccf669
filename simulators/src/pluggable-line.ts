/** A line whose cable can be pulled and put back. */
export interface PluggableLine extends AsyncDisposable {
  /** Pulls the cable: who is connected is cut off and finds nothing there. Nothing happens when it is out already. */
  unplug(): Promise<void>;
  /** Puts it back, under the same name. Nothing happens when it is in already. */
  replug(): Promise<void>;
}

/** Opens a line that can be opened again after it was disposed of. Rejects as `open` does. */
export async function openPluggableLine(open: () => Promise<AsyncDisposable>): Promise<PluggableLine> {
  let plugged: AsyncDisposable | undefined = await open();
  const unplug = async () => {
    const line = plugged;
    plugged = undefined;
    await line?.[Symbol.asyncDispose]();
  };
  return {
    unplug,
    async replug() {
      plugged ??= await open();
    },
    [Symbol.asyncDispose]: unplug,
  };
}

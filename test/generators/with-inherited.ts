/** Runs something while every object inherits further members. */
export async function withInherited<Result>(members: object, work: () => Promise<Result>): Promise<Result> {
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
  try {
    return await work();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
  }
}

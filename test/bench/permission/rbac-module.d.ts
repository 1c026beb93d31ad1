/** The part of the package that is used here: it comes without types. */
declare module "@rbac/rbac" {
  type Grants = Readonly<Record<string, { readonly can: readonly string[] }>>;
  interface Control {
    can(role: string, operation: string): Promise<boolean>;
  }
  const create: (settings: { readonly enableLogger: boolean }) => (grants: Grants) => Control;
  export = create;
}

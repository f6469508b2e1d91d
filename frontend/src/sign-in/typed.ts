/** What was typed into the fields of a form, by their names. */
export function typed<Name extends string>(form: HTMLFormElement, ...names: Name[]): Record<Name, string> {
  const given = new FormData(form);
  return Object.fromEntries(names.map((name) => [name, given.get(name)])) as Record<Name, string>;
}

// The path that goes upstream, from any of the forms in which a client may name its target.

/** Path and query as sent, "*" too; of "http://host/path" only the path; undefined: this target cannot be passed on. */
export function pathOf(target: string): string | undefined {
  if (target.startsWith("/") || target === "*") return target;
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (absolute === null) return undefined;
  const rest = absolute[1] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

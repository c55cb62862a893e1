/** Elements of SVG. */

export type Attributes = Record<string, string | number>;

export function svg<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, String(value));
  }
  return element;
}

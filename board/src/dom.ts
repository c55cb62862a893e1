/** Elements of the page. Text is always set as text, never as markup. */

type Child = Node | string | undefined;
type Attributes = Record<string, string | boolean | undefined>;

/** A new element. An attribute that is false or undefined is left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

export function button(label: string, press: () => void, className = ""): HTMLButtonElement {
  const node = element("button", { type: "button", class: className || undefined }, label);
  node.addEventListener("click", press);
  return node;
}

/** A text that a stranger may have written. It cannot change the direction of what surrounds it. */
export function foreign(text: string): HTMLElement {
  return element("bdi", {}, text);
}

/** A line that is less important than what stands around it. */
export function quiet(...children: Child[]): HTMLElement {
  return element("p", { class: "quiet" }, ...children);
}

/** Change a text only if it differs, so that a selection and a reader's place survive. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Replace the children only if they would look different. */
export function setChildren(node: Element, ...children: Child[]): void {
  const nodes = children.filter((child) => child !== undefined);
  if (!node.hasChildNodes()) {
    node.append(...nodes);
    return;
  }
  const copy = node.cloneNode(false) as Element;
  copy.append(...nodes);
  if (!node.isEqualNode(copy)) {
    node.replaceChildren(...copy.childNodes);
  }
}

/** Make *nodes* the children of *parent*. Nodes that have their place already do not move. */
export function arrange(parent: Element, nodes: readonly Element[]): void {
  const places = new Set<Element>(nodes);
  for (const child of [...parent.children]) {
    if (!places.has(child)) {
      child.remove();
    }
  }
  let next = parent.firstElementChild;
  for (const node of nodes) {
    if (node === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(node, next);
    }
  }
}

/** Run *change*, and give the focus back to the element that had it, if it is still there. */
export function keepFocus(change: () => void): void {
  const before = document.activeElement;
  change();
  if (before instanceof HTMLElement && before !== document.activeElement && before.isConnected) {
    before.focus({ preventScroll: true });
  }
}

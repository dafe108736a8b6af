export type Switches = Record<string, boolean | string>;

/** What each switch lets through, for whom. */
export const SWITCHES: Record<string, { label: string; why: string; words?: [string, string][] }> = {
  opCase: { label: 'Operations in any case', why: 'Entra sends Add, Replace and Remove' },
  boolStrings: { label: 'Booleans as text', why: 'Entra sends "True" and "False"' },
  dottedKeys: { label: 'Dotted names as paths', why: 'Entra sends "name.givenName" without a path' },
  urnKeys: { label: 'URNs as paths', why: 'Entra sends "urn:…:User:department" without a path' },
  valuepathKeys: { label: 'Value paths as names', why: 'emails[type eq "work"].value as a key' },
  jsonStringValue: { label: 'JSON inside text', why: 'scim-for-keycloak sends values as JSON text' },
  valuepathAutocreate: {
    label: 'Make the element that a path names',
    why: 'Entra replaces a work address that is not there',
  },
  memberRemoveByValue: {
    label: 'Remove the listed members only',
    why: 'Entra and others remove members with a value list',
  },
  managerShapes: { label: 'Managers in every shape', why: 'Bare text, an object, empty text to clear' },
  schemasRepair: { label: 'Repair schemas', why: 'OneLogin and others leave URNs out or write them wrong' },
  filterLenient: { label: 'Lenient filters', why: 'Unquoted values, a complex attribute without its part' },
  primaryFirst: { label: 'Keep the first primary', why: 'Where two values are primary, the first stays' },
  pathlessOperations: {
    label: 'Operations without a path',
    why: 'Okta and Entra send them, and the standard has them',
  },
  complexMerge: {
    label: 'Merge complex attributes',
    why: 'A replaced name keeps the parts that are not sent, as the standard has it',
  },
  fullFilters: {
    label: 'Filters with every operator',
    why: 'The standard has them; the interop profile draft knows only eq and and',
  },
  unknownAttributes: {
    label: 'Unknown attributes',
    why: 'Okta and Entra send extras',
    words: [
      ['ignore', 'Ignore'],
      ['store', 'Store'],
      ['reject', 'Refuse'],
    ],
  },
  putOmitted: {
    label: 'What a PUT leaves out',
    why: 'Okta sends back what it read, without what others have set',
    words: [
      ['clearOwned', 'Clear what this source had set'],
      ['clearAll', 'Clear everything'],
      ['keep', 'Keep'],
    ],
  },
};

/** What a strict profile says beside switching deviations off: three switches are the standard's own way. */
const STRICT: Switches = {
  unknownAttributes: 'reject',
  putOmitted: 'clearAll',
  pathlessOperations: true,
  complexMerge: true,
  fullFilters: true,
};

/** Every switch as `tolerant` or as strict as the RFC. */
export const profile = (known: Switches, strict: boolean): Switches =>
  Object.fromEntries(
    Object.entries(known).map(([name, value]) => [
      name,
      (strict && STRICT[name]) || (typeof value === 'boolean' ? !strict : SWITCHES[name]?.words?.[0]?.[0] || value),
    ]),
  );

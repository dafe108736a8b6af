import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ActButton, tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { CopyButton } from '../components/CopyField';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconPencil, IconPlus, IconTrash } from '../components/icons';
import { Lines } from '../components/NameCell';
import { Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { plural } from '../components/time';
import { useMay } from '../session/session';
import { AttributeForm } from './AttributeForm';
import { type Attribute, attributesOf, extend, removeSchema, saveSchema, schemaQuery } from './schemas';

const route = getRouteApi('/inside/attributes/schemas/$schema');

interface Row extends Attribute {
  /** With the name of the attribute it is part of. */
  path: string;
  top: Attribute;
}

const COLUMNS: Column<Row>[] = [
  {
    id: 'name',
    header: 'Attribute',
    cell: (row) => <Lines first={<span className="mono strong">{row.path}</span>} second={row.description} />,
  },
  { id: 'type', header: 'Type', width: 130, cell: (row) => row.type + (row.multiValued ? ' list' : '') },
  {
    id: 'rules',
    header: 'Rules',
    width: 260,
    from: 620,
    cell: (row) => (
      <span className="row">
        {row.required && <Chip tone="mute">Required</Chip>}
        {row.uniqueness && row.uniqueness !== 'none' && <Chip tone="mute">Unique</Chip>}
        {row.mutability && row.mutability !== 'readWrite' && <span className="dim">{row.mutability}</span>}
      </span>
    ),
  },
  {
    id: 'values',
    header: 'Allowed values',
    width: 220,
    from: 860,
    cell: (row) => row.canonicalValues?.join(', ') || <span className="dim">Any</span>,
  },
];

/** One schema with its attributes. */
export function SchemaPage() {
  const { schema: urn } = route.useParams();
  const query = useQuery(schemaQuery(urn));
  const [open, setOpen] = useState<Attribute | 'new' | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const schema = query.data?.value;
  const rows = useMemo(
    () =>
      (schema ? attributesOf(schema) : []).flatMap((top): Row[] => [
        { ...top, path: top.name, top },
        ...(top.subAttributes ?? []).map((sub) => ({ ...sub, path: `${top.name}.${sub.name}`, top })),
      ]),
    [schema],
  );
  const builtIn = schema?.builtIn && 'The standard’s own schemas can’t be changed';
  const refused = (!may('administrator') && 'Only administrators may do this') || builtIn;
  const done = () =>
    Promise.all(['schemas', 'resource-types'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })));

  const removeAttribute = (attribute: Attribute) =>
    confirm({
      level: 2,
      title: `Remove ${attribute.name}?`,
      body: 'Sources can’t send it any more, and mappings that read it fail. Where somebody has a value, this is refused and says how many.',
      verb: 'Remove attribute',
      run: async () => {
        if (!query.data || !schema) return;
        const attributes = attributesOf(schema).filter((one) => one !== attribute);
        await saveSchema({ etag: query.data.etag, value: { ...schema, attributes } });
        await done();
        tell(`${attribute.name} is removed`);
      },
    });
  const removeAll = () =>
    schema &&
    confirm({
      level: 3,
      title: `Remove the schema ${schema.name}?`,
      body: `Its ${plural(schema.attributes.length, 'attribute')} go with it. Where somebody has a value, this is refused and says how many.`,
      verb: 'Remove schema',
      name: schema.name,
      run: async () => {
        for (const type of schema.usedBy) await extend(type, schema.id, false);
        await removeSchema(schema.id);
        await done();
        await navigate({ to: '/attributes' });
      },
    });
  return (
    <Page
      header={
        <PageHeader
          title={schema?.name ?? 'Schema'}
          crumbs={[{ label: 'Attributes', to: '/attributes' }]}
          chip={
            schema && !schema.builtIn ? (
              <Chip tone="accent" shape="pencil">
                Yours
              </Chip>
            ) : undefined
          }
          description={
            <span className="row wrap">
              <code style={{ overflowWrap: 'anywhere' }}>{urn}</code>
              <CopyButton value={urn} label="Copy the URN" />
              {schema && schema.usedBy.length > 0 && <span>For {schema.usedBy.join(', ')}</span>}
            </span>
          }
          actions={
            <>
              <ActButton
                need="administrator"
                variant="default"
                refused={builtIn}
                leftSection={<IconTrash size={15} />}
                onClick={removeAll}
              >
                Remove schema
              </ActButton>
              <ActButton
                need="administrator"
                refused={builtIn}
                leftSection={<IconPlus size={15} />}
                onClick={() => setOpen('new')}
              >
                Add attribute
              </ActButton>
            </>
          }
        />
      }
    >
      {query.error && !query.data ? (
        <ErrorBox error={query.error} retry={() => query.refetch()} />
      ) : (
        <Panel flush>
          <DataTable
            inset
            label="Attributes"
            query={{
              data: schema && { pages: [{ items: rows }] },
              error: null,
              isPending: query.isPending,
              isFetchingNextPage: false,
              hasNextPage: false,
              fetchNextPage: () => undefined,
              refetch: query.refetch,
            }}
            columns={COLUMNS}
            rowId={(row) => row.path}
            empty={<Empty title="No attributes yet" />}
            menu={(row) => [
              { label: 'Change', icon: IconPencil, refused, run: () => setOpen(row.top) },
              { label: 'Remove', icon: IconTrash, danger: true, refused, run: () => removeAttribute(row.top) },
            ]}
          />
        </Panel>
      )}
      {open && query.data && (
        <AttributeForm schema={query.data} of={open === 'new' ? null : open} close={() => setOpen(null)} />
      )}
    </Page>
  );
}

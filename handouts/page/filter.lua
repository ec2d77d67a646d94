-- filter: what pandoc does not know of this kit's pages. It cuts listings from
-- the source, tells what is typed from what is answered, folds hints away, and
-- writes down every section's text for the search.
--
-- pandoc runs in the kit's root; PAGE_INDEX is the file for the texts. A page
-- that cannot be true stops the build: one line, status 1.

local page = PANDOC_STATE.input_files[1]
local stem = page:match('([^/]+)%.md$')

local function stop(text)
  io.stderr:write(page, ': ', text, '\n')
  os.exit(1)
end

local function html(text)
  return (text:gsub('[&<>"]', {
    ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;' }))
end

local function lines_of(text)
  return (text .. '\n'):gmatch('(.-)\n')
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read('a')
  if file then file:close() end
  return text
end

-- What may be broken over two printed pages, and what is too short for that.
local function class(kind, text)
  local _, lines = text:gsub('\n', '')
  return lines < 14 and kind .. ' short' or kind
end

-- Listings ------------------------------------------------------------------

-- The definition of a function, from the line of its type to its closing brace,
-- and the number of its first line.
local function definition(src, name)
  local found, first, before, number = {}, nil, '', 0
  for line in lines_of(read(src) or stop('there is no ' .. src)) do
    number = number + 1
    if not first and line:sub(1, #name + 1) == name .. '(' then
      first, found = number - 1, { before }
    end
    if first then
      found[#found + 1] = line
      if line:sub(1, 1) == '}' then break end
    end
    before = line
  end
  local text = table.concat(found, '\n')
  if name == '' or not first then
    stop(src .. ' defines no "' .. name .. '"')
  elseif not text:match('\n{.*%S.*\n}$') then
    stop(src .. ': "' .. name .. '" is empty')
  end
  return text, first
end

-- The number of the line that holds the piece; remarks belong to one line.
local function line_with(piece, text, src)
  local found
  local number = 0
  for line in lines_of(text) do
    number = number + 1
    if line:find(piece, 1, true) then
      if found then stop(src .. ': several lines have "' .. piece .. '"') end
      found = number
    end
  end
  return found or stop(src .. ': no line of the listing has "' .. piece .. '"')
end

-- A listing; remarks: the pieces of code that the remarks below it begin with.
local function listing(block, remarks)
  local src, name = block.attributes.src, block.attributes.region
  if not src or not name then stop('C without src and region') end
  local text, first = definition(src, name)
  if block.text ~= text then
    stop(src .. ': "' .. name .. '" is not as it stands here')
  end

  local marks = {}
  for i, piece in ipairs(remarks) do
    local at = line_with(piece, text, src)
    marks[at] = (marks[at] or '') .. '<b class="mark">' .. i .. '</b>'
  end
  local code = pandoc.write(
    pandoc.Pandoc { pandoc.CodeBlock(text, { '', { 'c' } }) }, 'html')
  local number = 0
  local rows = {}
  for line in lines_of(code:match('<code[^>]*>(.*)</code>')) do
    number = number + 1
    rows[number] = '<span class="line" data-line="' .. first + number - 1 ..
      '">' .. line:match('^<span id="[^"]*"><a [^>]*></a>(.*)</span>$') ..
      (marks[number] or '') .. '\n</span>'
  end
  return pandoc.RawBlock('html', string.format(
    '<figure class="%s"><figcaption><code>%s</code> <span>%s, lines ' ..
    '%d to %d</span></figcaption><pre><code>%s</code></pre></figure>',
    class('listing', text), html(src), html(name), first, first + number - 1,
    table.concat(rows)))
end

-- What each item of an ordered list quotes first, if all of them quote code.
local function quoted(list)
  local pieces = {}
  for i, item in ipairs(list and list.t == 'OrderedList' and list.content or {})
  do
    local first = (item[1].t == 'Plain' or item[1].t == 'Para') and
      item[1].content[1]
    if not first or first.t ~= 'Code' then return {} end
    pieces[i] = first.text
  end
  return pieces
end

-- Commands ------------------------------------------------------------------

local function console(block)
  local rows, typing = {}, false
  for line in lines_of(block.text) do
    local prompt, typed = line:match('^([$#]) (.*)')
    if not prompt and typing then prompt, typed = line:match('^(>) (.*)') end
    typing = prompt ~= nil
    rows[#rows + 1] = typing and
      '<span class="typed"><span class="prompt">' .. html(prompt) ..
      ' </span><kbd>' .. html(typed) .. '</kbd>\n</span>' or
      '<samp>' .. html(line) .. '</samp>\n'
  end
  local why = block.attributes.noexec
  return pandoc.RawBlock('html',
    '<figure class="' .. class('console', block.text) .. '"><pre><code>' ..
    table.concat(rows) ..
    '</code></pre>' .. (why and '<figcaption>Not run by the tests: ' ..
    html(why) .. '.</figcaption>' or '') .. '</figure>')
end

-- Figures -------------------------------------------------------------------

-- A paragraph that is one picture: the picture itself, so that the page needs no
-- other file and dark is dark; and below it the same in words, folded.
local function figure(block)
  local image = #block.content == 1 and block.content[1]
  if not image or image.t ~= 'Image' or not image.src:match('%.svg$') then
    return block
  end
  local src = page:match('^(.*/)') .. image.src
  local svg = read(src) or stop('there is no ' .. src)
  local words = read((src:gsub('%.svg$', '.txt'))) or
    stop('there are no words beside ' .. src)
  return pandoc.RawBlock('html', '<figure class="picture">' .. svg ..
    '<figcaption>' .. html(pandoc.utils.stringify(image.caption)) ..
    '</figcaption><details class="words"><summary>The picture in words' ..
    '</summary><pre tabindex="0">' .. html(words) ..
    '</pre></details></figure>')
end

-- Tables and hints ----------------------------------------------------------

-- The hints of a case, each folded into the one before it.
local function hints(case)
  local ini = read('labs/' .. stem .. '/' .. case .. '/case.ini')
  local texts = {}
  for text in ((ini or '') .. '\n'):gmatch('\nhint%d+ *= *([^\n]+)') do
    texts[#texts + 1] = html(text)
  end
  local folded = ''
  for i = #texts, 1, -1 do
    folded = string.format('<details><summary>%s %d of %d</summary><p>%s</p>' ..
      '%s</details>', i == 1 and '<code>' .. html(case) .. '</code>: hint' or
      'Hint', i, #texts, texts[i], folded)
  end
  return folded
end

-- On a narrow screen each row becomes a card: so each cell knows its column's
-- name, and that it is a cell.
local function cards(tbl)
  local names, folded = {}, ''
  local function row(cells, role)
    for i, cell in ipairs(cells) do
      local name = names[i] or ''
      cell.attr = pandoc.Attr('', {}, role == 'cell' and name ~= '' and
        { role = role, ['data-label'] = name } or { role = role })
    end
  end
  for _, head in ipairs(tbl.head.rows) do
    row(head.cells, 'columnheader')
    for i, cell in ipairs(head.cells) do
      names[i] = pandoc.utils.stringify(cell.contents)
      if names[i] == '' then -- a corner is no heading
        cell.attr = pandoc.Attr('', {}, { role = 'cell' })
      end
    end
    head.attr = pandoc.Attr('', {}, { role = 'row' })
  end
  for _, body in ipairs(tbl.bodies) do
    for _, line in ipairs(body.body) do
      row(line.cells, 'cell')
      line.attr = pandoc.Attr('', {}, { role = 'row' })
      if stem:match('^lab%d%d%-') then
        folded = folded .. hints(pandoc.utils.stringify(line.cells[1].contents))
      end
    end
  end
  -- Widths are the browser's business.
  for i, spec in ipairs(tbl.colspecs) do tbl.colspecs[i] = { spec[1], nil } end
  tbl.attr = pandoc.Attr('', {}, { role = 'table' })
  return folded == '' and { tbl } or { tbl, pandoc.RawBlock('html',
    '<div class="hints"><p>Stuck? One hint at a time:</p>' .. folded ..
    '</div>') }
end

local function blocks(list)
  local made = pandoc.List {}
  for i, block in ipairs(list) do
    local next_quotes = {}
    if block.t == 'CodeBlock' and block.classes[1] == 'c' then
      next_quotes = quoted(list[i + 1])
      made:insert(listing(block, next_quotes))
    elseif block.t == 'CodeBlock' and block.classes[1] == 'console' then
      made:insert(console(block))
    elseif block.t == 'OrderedList' and i > 1 and list[i - 1].t == 'CodeBlock'
      and list[i - 1].classes[1] == 'c' and #quoted(block) > 0 then
      made:insert(pandoc.Div({ block }, { '', { 'remarks' } }))
    elseif block.t == 'Para' then
      made:insert(figure(block))
    elseif block.t == 'Table' then
      made:extend(cards(block))
    else
      made:insert(block)
    end
  end
  return made
end

-- Links ---------------------------------------------------------------------

-- Pages are side by side, whatever folder their markdown is in. A link to what
-- is no page would lead nowhere from a copied page: it becomes its text.
local function link(l)
  local path, anchor = l.target:match('^([^#]*)(#?.*)$')
  if path:match('^%a+:') or path == '' then return l end
  local name = (path:match('labs/README%.md$') or path == 'README.md' and
    page:match('^labs/')) and 'map' or
    read('handouts/' .. path) and path:match('^([^/]+)%.md$') or
    path:match('handouts/([^/]+)%.md$')
  if not name then return l.content end
  l.target = name .. '.html' .. anchor
  return l
end

-- The title, and what the search knows --------------------------------------

local function json(text)
  return '"' .. text:gsub('[%c"\\<]', function(c)
    return string.format('\\u%04x', c:byte())
  end) .. '"'
end

local function plain(list)
  local bare = pandoc.Pandoc(list):walk {
    Strong = function(e) return e.content end,
    Emph = function(e) return e.content end }
  return (pandoc.write(bare, 'plain'):gsub('%-%-%-+', ' '):gsub('%s+', ' '))
end

-- One line of the index for each section: page, anchor, title, text. The guide
-- for teachers gives answers away: of it only the titles are found.
local function index(doc)
  local out = os.getenv('PAGE_INDEX')
  local file = out and io.open(out, 'w')
  local title, id, part = pandoc.utils.stringify(doc.blocks[1].content), '', {}
  local heading = title
  local function write()
    file:write(string.format('[%s,%s,%s,%s,%s]\n', json(stem), json(id),
      json(title), json(heading), json(stem == 'instructor' and '' or
      plain(part))))
    part = {}
  end
  if not file then return end
  for i, block in ipairs(doc.blocks) do
    if block.t == 'Header' and i > 1 then
      write()
      id, heading = block.identifier, pandoc.utils.stringify(block.content)
    elseif i > 1 then
      part[#part + 1] = block
    end
  end
  write()
  file:close()
end

local function title(doc)
  local first = doc.blocks[1]
  if not first or first.t ~= 'Header' or first.level ~= 1 then
    stop('no title in line 1')
  end
  if stem == 'README' then stem = 'map' end
  index(doc)
  doc.meta.pagetitle = pandoc.utils.stringify(first.content)
  local kicker, rest = doc.meta.pagetitle:match('^(Lab %d%d): (.*)')
  doc.meta.kicker = kicker
  doc.meta.stem = stem
  doc.meta.title = rest or first.content
  doc.blocks:remove(1)
  return doc
end

return { { Pandoc = title }, { Blocks = blocks }, { Link = link } }

// The Case APIs on NestJS, Express and SQLite.
import "reflect-metadata";
import { randomBytes, randomUUID } from "node:crypto";
import {
  BadRequestException, Body, CanActivate, ConflictException, Controller, ExecutionContext, Get, HttpCode, HttpException,
  Injectable, Module, NotFoundException, Param, Patch, Post, Put, Req, Res, UnauthorizedException,
  UnprocessableEntityException, UseGuards,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import Database from "better-sqlite3";

type Fields = Record<string, unknown>;
interface Row { id: string; created: string; workflow: string; status: string; fields: string }

const NEXT_STATUS = new Map([["Open Close", "Closed"], ["Closed Reopen", "Reopened"], ["Reopened Close", "Closed"]]);
const tokens = new Map<string, number>();

@Injectable()
class CaseService {
  private readonly db = new Database(process.env.DATABASE);
  constructor() {
    this.db.pragma("journal_mode = WAL");
    this.db.exec("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)");
  }

  load(id: string): Row {
    const row = this.db.prepare("SELECT * FROM cases WHERE id = ?").get(id) as Row | undefined;
    if (!row) throw new NotFoundException("Case not found");
    return row;
  }

  show(id: string): Fields {
    const row = this.load(id);
    const own = { id: row.id, createdDate: row.created, lastWorkflowId: row.workflow, caseStatus: row.status };
    return { ...JSON.parse(row.fields), ...own };
  }

  create(fields: Fields): Fields {
    const id = randomUUID();
    this.db.prepare("INSERT INTO cases VALUES (?, ?, ?, ?, ?)")
      .run(id, new Date().toISOString(), randomUUID(), "Open", JSON.stringify(fields));
    return this.show(id);
  }

  replace(id: string, fields: Fields): Fields {
    this.load(id);
    this.db.prepare("UPDATE cases SET fields = ? WHERE id = ?").run(JSON.stringify(fields), id);
    return this.show(id);
  }

  update(id: string, fields: Fields): Fields {
    return this.replace(id, { ...JSON.parse(this.load(id).fields), ...fields });
  }

  move(id: string, data: Fields): Fields {
    const row = this.load(id);
    if (data.workflowId !== row.workflow) throw new UnprocessableEntityException("workflowId does not match");
    const status = typeof data.caseStatus === "string" && NEXT_STATUS.get(`${row.status} ${data.caseStatus}`);
    if (!status) throw new ConflictException("caseStatus is not possible now");
    this.db.prepare("UPDATE cases SET status = ? WHERE id = ?").run(status, id);
    return this.show(id);
  }
}

@Injectable()
class BearerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const token = /^Bearer (.+)$/.exec(http.getRequest().headers.authorization ?? "")?.[1] ?? "";
    if ((tokens.get(token) ?? 0) > Date.now()) return true;
    http.getResponse().header("WWW-Authenticate", "Bearer");
    throw new UnauthorizedException();
  }
}

function payload(request: any): Fields {
  if (!request.is("application/json")) throw new HttpException("Expected application/json", 415);
  const body = request.body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new BadRequestException("Expected an object");
  return body;
}

function clientFields(request: any): Fields {
  const { id, createdDate, lastWorkflowId, caseStatus, ...fields } = payload(request);
  return fields;
}

@Controller("case")
@UseGuards(BearerGuard)
class CaseController {
  constructor(private readonly cases: CaseService) {}

  @Post() create(@Req() request: any) { return this.cases.create(clientFields(request)); }
  @Get(":id") get(@Param("id") id: string) { return this.cases.show(id); }
  @Put(":id") replace(@Param("id") id: string, @Req() request: any) { return this.cases.replace(id, clientFields(request)); }
  @Patch(":id") update(@Param("id") id: string, @Req() request: any) { return this.cases.update(id, clientFields(request)); }
  @Post(":id/transition") @HttpCode(200) move(@Param("id") id: string, @Req() request: any) {
    return this.cases.move(id, payload(request));
  }
}

@Controller("auth/oauth2/token")
class TokenController {
  @Post() @HttpCode(200) issue(@Body() form: any, @Res({ passthrough: true }) response: any) {
    const refuse = (status: number, error: string, error_description?: string) => {
      throw new HttpException({ error, error_description }, status);
    };
    form ??= {};
    if (form.grant_type === undefined) refuse(400, "invalid_request", "grant_type is missing");
    if (form.grant_type !== "client_credentials") refuse(501, "unsupported_grant_type");
    if (form.client_id !== process.env.CLIENT_ID || form.client_secret !== process.env.CLIENT_SECRET) {
      refuse(401, "invalid_client");
    }
    if (form.scope !== undefined) refuse(400, "invalid_scope", "scope is not supported");
    const ttl = form.ttl === undefined ? 600 : Number(form.ttl);
    if (!(ttl > 0 && ttl <= 3600)) {
      refuse(400, "invalid_request", `ttl is ${JSON.stringify(form.ttl)}, the maximum is 3600`);
    }
    const token = randomBytes(32).toString("hex");
    tokens.set(token, Date.now() + ttl * 1000);
    response.header("Cache-Control", "no-store");
    return { access_token: token, token_type: "Bearer", expires_in: ttl };
  }
}

@Module({ controllers: [CaseController, TokenController], providers: [CaseService] })
class AppModule {}

async function main() {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(Number(process.env.PORT), "127.0.0.1");
}
main();

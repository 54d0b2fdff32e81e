/// The few words that decide where a sentence ends, for the larger languages written with periods.
enum Lexicon {
    /// Abbreviations that stand before what they belong to, so that no sentence ends in them.
    static let prepositive = PackedWord.set(
        """
        mr mrs ms mx dr drs prof profs rev revd gen col capt cpt lt sgt cpl pvt maj cmdr adm hon gov
        supt insp det messrs mmes mme mlle mlles mgr msgr ft mt st ste rt vs cf eg ie viz resp approx
        al esp incl govt mgmt orig prob spec attn elec tech fr br bro pres sec'y asst assoc atty rep reps sen sens pfc spc amb dist
        hr hrn frl dipl ing dgl bzw vgl sog ggf evtl inkl zzgl bspw geb gest verh mind einschl ehem
        ev kath zb dh ua zt str
        sr sra srta srs sras d. dn lic arq ud uds excmo excma ilmo dña núm ej pág págs
        sig sigg sig.ra dott dott.ssa avv geom on egr spett ecc.mo
        exmo exma drª profª eng
        dhr mevr mw drs ir dir bijv o.a ca resp zgn
        hrn kl ca dvs f.eks bl.a t.ex s.k o.s.v
        prof hab inż mgr tzw tzn np ks gen płk por ppłk
        doc mudr judr ing tzv např resp
        им ул пр просп пер пл наб акад проф доц инж ген полк гр гос тов св напр т.е т.н т.к см ср стр рис
        табл вып изд ред сост пер б.г г-н г-жа
        डॉ श्री श्रीमती प्रो पं कु
        κ κα κος δρ αγ π.χ βλ δηλ
        """
    )

    /// Abbreviations only where a number follows; otherwise common words or ends of sentences.
    static let beforeNumber = PackedWord.set(
        """
        no nos nr nrs vol vols pp p ch chap sec sect art arts fig figs eq eqs ref refs op para paras
        ver v ed pt bk lib cap tab app no. ex exs tel fax ext rm apt ste bldg suite pg pgs n° nº
        abb abs anm bd bde kap rn ziff s nrn
        num núm pág págs tít art párr
        g гл п пп ч т тт ст ном
        jan feb mar apr jun jul aug sep sept oct nov dec
        """
    )

    /// Abbreviations that may end a sentence: the next word decides.
    static let postpositive = PackedWord.set(
        """
        inc ltd co corp llc plc bros dept univ assn assoc est jr sr esq phd md ba ma bsc msc mba dds
        ave av blvd rd st ln hwy pkwy sq ct dr pl terr etc al ca approx avg min max misc dept div
        jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
        ala ariz ark calif colo conn dak del fla ga ia ida ill ind kan ky la mass md mich minn
        miss mo mont neb nebr nev okla ont ore pa penn que tenn tex va vt wash wis wisc wy wyo
        oz lb lbs ft in sec hr hrs mph yd yds km cm mm kg
        usw etc mio mrd tsd jh jhd dt ggf str abs u.a u.ä u.s.w od bzgl betr
        etc av apr env tél éd cie hab
        etc cía admón ee.uu a.c d.c
        ecc pag sec
        enz blz
        osv m.fl m.m o.l
        itd itp r w tys mln mld zł ok
        atd apod tis mil
        г гг в вв р руб коп тыс млн млрд долл чел экз кв куб км см мм кг др пр т.д т.п обл
        n.chr v.chr j.-c a.m p.m b.c a.d u.s u.k e.u u.n d.c
        """
    )

    /// Words that often begin a sentence and seldom follow an abbreviation inside one.
    static let starters = PackedWord.set(
        """
        the a an this that these those it its it's he she we they i you his her our their my your
        there here in on at for from with by as if when while where who what why how which but and
        or so yet nor however moreover also then now after before since although though because
        both all some many most no not one two another other such each every once until unless
        despite during under over between among against according despite meanwhile instead
        perhaps maybe still even just only well yes please thanks thank he's she's i'm i've i'll
        we're they're you're that's there's what's don't do does did is are was were can could will
        would should have has had let let's to of
        der die das den dem des ein eine einen einem einer er sie es wir ihr ich man in im am an auf
        aus bei beim bis durch für gegen mit nach ohne seit um unter vom von vor während wegen zu zum
        zur und aber oder doch denn dann da daher damit dort hier so wenn als wie was wer wo warum
        dies diese diesem diesen dieser dieses auch nur nicht noch schon sein seine ihre unser alle
        unsere meine deine eure ihr ihren ihrem ihrer mein dein viele einige jeder jede kein keine nun jetzt heute gestern trotz zwar weil dass ob sowie
        le la les l un une des du il elle ils elles on nous vous je ce cette ces cet son sa ses leur
        dans en au aux pour par avec sur sous mais et ou donc car selon après avant depuis pendant
        si quand comme qui que où pourquoi comment tout tous toute
        el los las unos unas él ella ellos ellas yo usted ustedes nosotros de por para con sin sobre
        su sus este esta estos estas esto ese esa eso como cuando donde pero y o ni no se lo al del
        según después antes desde durante aunque si qué quién cómo dónde
        lo gli uno di da nel nella dal della dello dei con per tra fra suo sua questo questa quello
        ma e è anche non se che chi come quando dove dopo prima
        det den han hun jeg vi hvad hvor hvem hvis når på og men fra til med av är inte jag vad när
        som efter siden nu nå ikke
        os as um uma em no na nos nas do dos das pelo pela com seu sua ele ela eles elas este esta
        isso mas não quando como onde depois antes
        het een hij zij wij ik je jullie de dat deze dit die op te met voor van naar bij uit maar en
        of dus want als toen waar wie wat hoe ook niet nog er
        он она оно они мы вы ты я в во на с со по из к о об у за для при от до это этот эта эти тот та
        те как что когда где если но и а не так также его её их наш ваш после перед во-первых кто
        почему зачем все всё однако поэтому затем потом здесь там тогда сейчас теперь хотя между
        """
    )

    /// Starters that are capitalized inside sentences too.
    static let capitalizedStarters = PackedWord.set(
        "i i'm i've i'll sie ihr ihre ihren ihrem ihrer"
    )

    /// Last letters of abbreviations that end a phrase and stand before no name, as in `н. э.`.
    static let lastLetters = PackedWord.set("э д п")

    /// Parts of a time of day, which end a sentence before a name unless they open it.
    static let dayHalves = PackedWord.set("a.m p.m")

    /// Ends of domain names, which a missing space does not explain.
    static let domains = PackedWord.set("com org net edu gov")

    /// Words that often begin a sentence, joined to the next by an apostrophe.
    static let elided = PackedWord.set("l d c j n s m t qu dell all nell un")

    /// Words that mark a text as German, where a number with a period is an ordinal.
    static let german = PackedWord.set(
        """
        der die das den dem des und ist im am ein eine einen einem einer mit von zum zur nicht auf
        für sich wird wurde wurden war als auch nach bei vom seit bis über
        """
    )

    /// Words that an ordinal stands before in German, where a number with a period is one.
    static let counted = PackedWord.set(
        """
        januar jänner februar märz april mai juni juli august september oktober november dezember
        jahrhundert jahrhunderts jahrhunderte platz geburtstag lebensjahr mal minute runde klasse
        jahrestag auflage stock bezirk spieltag rang tag woche
        """
    )

    /// Words whose number may be followed by a title in the same heading.
    static let labels = PackedWord.set(
        """
        chapter book part act scene section article letter canto adventure volume appendix title story
        tale stave lecture lesson kapitel buch teil akt szene abschnitt band artikel chapitre livre
        partie acte scène tome article capítulo libro parte acto escena sección artículo capitolo atto
        scena titolo livro hoofdstuk boek deel глава книга часть действие том раздел статья
        """
    )

    /// Words that open a letter before a name and a comma.
    static let salutations = PackedWord.set(
        "dear hi hello hey liebe lieber hallo cher chère bonjour querido querida estimado estimada hola caro cara"
    )

    /// Words that close a letter before a comma and a name.
    static let closings = PackedWord.set(
        "regards sincerely cheers faithfully truly best wishes grüße grüßen cordialement saludos atentamente"
    )

    /// Abbreviations that are common words in small letters: they count with a capital only.
    static let capitalized = PackedWord.set(
        """
        on col rep reps sen sens gen in me mass miss la pa ill wash mon sat sun wed del ore mar may am as ex
        ind conn pro det her mt ms pl
        """
    )

    /// Words that do not end a sentence, so that a capital after their line is a name.
    static let connectives = PackedWord.set(
        """
        the a an of in on at to for from with by and or but as that which who whose is are was were
        be been his her their its our my your this these into upon than between under over near
        der die das den dem des ein eine einen einem einer und oder mit von vom zu zum zur im am bei
        le la les l d de du des un une et ou à au aux en dans par pour sur avec
        el los las un una y o de del al en con por para
        и в во на с со по из к о об у за для при от до не
        """
    )
}

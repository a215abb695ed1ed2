"""Words that identify a column of people's names, and words that mark a name as one of a place or an organisation.

Common forenames and surnames of England and Wales as the Office for National Statistics and the General Register
Office publish them, with common Irish, Scottish, South Asian, Polish, Romanian, West and East African, Arabic, Turkish,
Chinese and Portuguese ones. Lower case, without accents. A word that more often means a colour, month, faith, place or
thing does not count alone (``ALONE_NOT``), because a column of crime types or wards must never look like people.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORENAMES = _words("""
    aaliyah aaron abbie abby abdi abdirahman abdul abdullah abdulrahman abena abhishek abigail abiola abraham abu ada
    adaeze adam adama adan ade adebayo adele adeola aditya adrian adriana adwoa agnieszka ahlam ahmad ahmed aidan
    aiden ailsa aimee aisha aishah aisling ajay akash akshay akua alan alana alannah alasdair albert aleksandar
    aleksander aleksandra alex alexa alexander alexandra alexandre alexandru alexia alfie alfred alfredo ali alice
    alicia alina alisha alison alistair allan allen allison alma alok alyssa amal aman amanda amandeep amara amarjit
    amber amelia amelie amina aminah aminata amir amira amit amna amy ana anand anastasia anatoly andre andrea andreea
    andrei andrew andrii andrzej andy aneesa angel angela angelina angus anil anish anita anja anjali ankit ann anna
    annabel annabelle anne annette annie anthony anton antoni antonia antonio antony anwar anya arabella archie aria
    ariana arjun arlo arnold arran arthur arun arvind asad ash asha ashanti ashleigh ashley ashok ashwin asia asif
    asiya asma athena aurora austin ava avni ayaan ayan ayaz ayesha ayo ayodele ayse aysha ayub babajide baljit
    balwinder bao barbara barry bartosz bashir beata beatrice becky belinda ben benedict benjamin benny bernadette
    bernard bernice beryl beth bethan bethany betsy betty bev beverley bharat bilal bill billie billy blake blessing
    bob bobby bogdan bogumil boris bradley brandon brenda brendan brett brian bridget britney bronwyn brooke bruce
    bryan bryony bukola bushra cabdi caitlin callum calum calvin cameron camilla candice cara carl carla carlos carly
    carmen carol carole caroline carolyn carrie carter casey cassandra catalin catherine cathy catriona cecil cecilia
    celia chanel chantelle charlene charles charley charlie charlotte chelsea cherie cheryl chetan chi chiara chidi
    chinedu chioma chloe chris christian christina christine christopher chukwuemeka chun cian ciara claire clara
    clare claudia clement cliff clifford clifton clive cody colette colin colleen comfort connie connor conor
    constance cora corey courtney craig cristian cristina crystal curtis cynthia cyril daisy dale daljit damian damien
    damilola dan dana daniel daniela daniella danielle danny daphne darcey darcy daria darius dariusz darragh darrell
    darren dave david dawid dawn dayo dean deanna debbie deborah debra declan deepa deepak demi denis denise dennis
    denzel deqa derek desmond dev devon dexter diana diane dick dilip dimitri dina dinesh dion dmitri dolores dominic
    dominik dominika donald donna dora doreen doris dorota dorothy doug douglas duc duncan dwayne dylan eamon ebele
    ebony eddie edgar edith edmund edna edward edwin efua eileen elaine eleanor elena eleni eli elias elif elijah
    elisabeth elise elisha eliza elizabeth ella elle ellen ellie elliot elliott ellis eloise elsa elsie elvis emeka
    emilia emily emma emmanuel emre enid eoin eric erica erik erin ernest esme esmeralda esther ethan ethel eugene
    eunice eva evan eve evelyn evie ewa ewan ewelina ezra faduma fahad faisal faith farah farhan farhiya farid fartun
    farzana fatema fatima fatma fatou fatoumata fay faye felicity felix femi ferdinand fern ffion finlay finley finn
    fintan fiona flora florence florin folake folasade frances francesca francis francisco frank frankie franklin
    fraser fred freddie frederick freya funmilayo gabriel gabriela gabriella gabrielle gail gareth garry gary gaurav
    gavin gayle gaynor gemma gene geoff geoffrey george georgia georgina gerald geraldine gerard gertrude gethin
    gheorghe ghulam gian gianna gill gillian gina giovanni girish gita glen glenda glenn glenys gloria glyn godfrey
    gopal gordon grace graeme graham grant greg gregory greta grzegorz guled gulsen gurdeep gurpreet guy gwen gwyn
    gwyneth habib hadi hadiya hafsa haider hailey haleema halima hamdi hamish hamza hana hanna hannah hardeep hari
    harish harjinder harjit harley harmony harold haroon harper harpreet harriet harrison harry harsh haruna harvey
    hasan hashim hassan hattie hayden hayley hazel heather hector heidi helen helena helene hemant henry herbert
    hermione hettie hibo hien hilary hilda hoang hodan hollie holly hong hope horace howard hubert hugh hugo humaira
    hung huong hussain hussein hywel iain ian ibrahim ida idris iestyn ieuan ifeoma ifrah iftikhar igor ikechukwu
    ikram ileana imaan iman imogen imran ines ingrid ioan ioana ion iona iqbal iqra ira irene irfan irina iris iryna
    isaac isabel isabella isabelle isaiah isha isla ismaeel ismael ismail isobel israel ivan ivor ivy iwona iyla jabir
    jace jacek jack jackie jackson jacob jacqueline jacques jade jaden jagdeep jai jaime jake jakub jamal james jamie
    jamila jan jane janet janice janie janine jared jaroslaw jasmin jasmine jason jasper jaspreet jaswinder javed
    jaxon jay jaya jayden jayesh jayne jean jeanette jeff jeffrey jemma jen jenna jennifer jenny jeremiah jeremy
    jermaine jerome jerry jess jesse jessica jessie jesus jian jignesh jill jim jimmy jin jing jitendra jo joan joana
    joann joanna joanne jocelyn jodi jodie jody joe joel johanna john johnny jolanta jolene jon jonah jonas jonathan
    jordan jorge jose joseph josephine josh joshua joy joyce juan juanita jude judith judy julia julian julie juliet
    julius jun junaid june justin justyna kai kaitlyn kaleem kamal kamaljit kamil kamila kamran kara karan karen karim
    karina karl karolina kasia katarzyna kate katelyn katerina katherine kathleen kathryn kathy katie katrina katy
    kavita kay kayden kayla kayleigh keeley keira keiran keith kelechi kelly kelsey kelvin kemi ken kendra kenneth
    kenny kerry ketan kevin khadija khadijah khadra khalid khalil kian kiera kieran kieron kim kimberley kimberly
    kiran kirk kirsten kirstie kirsty kishan kit klaudia kofi konrad kris krishna kristian kristina kristopher
    krystyna krzysztof ksenia kuba kuldeep kulwinder kumar kunal kwabena kwame kwasi kyla kyle kylie kyra lacey laila
    lakshmi lalit lan lana lance lanre lara larisa larry lata latoya laura lauren laurence lawrence layla layton lea
    leah leanne lee lei leigh leighton leila lena lenny leo leon leona leonard leonardo leonie leroy lesley leslie
    leticia lewis lexi li liam liban libby lihua lilian lillian lilly lily lina linda lindsay lindsey linh lionel lisa
    liu livia liz lizzie llewellyn lloyd logan lois lola lorna lorraine lottie lou louis louisa louise luca lucas
    lucia lucian lucille lucinda lucy ludmila luis luisa lukasz luke luna luther lydia lyla lyn lynda lyndon lynette
    lynn lynne mabel maciej mackenzie macy maddison madeleine madeline madison magdalena maggie mahad mahesh mahmood
    mahmoud mahnoor mai maia maisie maja malachi malak malcolm malgorzata malik mamadou mandeep mandy manish manisha
    manjit manoj manpreet manuel mara marc marcel marcelina marcia marcin marco marcus marek margaret margarita
    margery margot marguerite maria mariam mariama marian mariana marianne marie marilyn marina mario marion maris
    marisa marius marjorie mark marlene marlon marta martha martin martina martyn marvin mary maryam maryan mason
    masood mateusz mathew mathilda matilda matt matteo matthew maureen maurice max maxim maxine maxwell maya meena
    megan meghan mehmet mei melanie melinda melissa melody mercy mervyn meryem mhairi mia micah michael michaela
    michal michele michelle mick mickey miguel mihaela mihai mikael mike mikolaj mila mildred millie milo min mina
    ming minh miranda miriam mitchell moeen mohamad mohamed mohammad mohammed mohamud mohit moira mollie molly mona
    monica monika morgan morris moses mostafa muhammad muhammed mukesh muna muriel murray musa mustafa mya myles myra
    myrtle naana nabeel nabil nadeem nadia nadine naeem nahid naila naima najma nancy naomi naresh nasir nasra nasreen
    natalia natalie natalya natasha nathan nathanael nathaniel navdeep naveed nawal neal ned neha neil nell nellie
    nerys nesta nga ngozi nhung niall niamh nichola nicholas nicky nico nicola nicolae nicolas nicole nigel nikhil
    nikita nikki nikola nikolai nikolas nilesh nilufar nimra nina nisha nishat nita nitin nkechi noah noel noor nora
    norah noreen norma norman nosheen nuala nur obinna oksana oleg olena olga olha olive oliver olivia ollie olu
    oluwadamilola oluwaseun oluwaseyi olwen omar omari oona oscar osian oskar osman otis ottilie ousmane owen padraig
    paige pamela pankaj paramjit paresh parminder parth parveen pat patience patrice patricia patrick patryk patsy
    paul paula paulette paulina pauline pavel pawel pearl pedro peggy penelope penny percy perry perveen peter petra
    petronela phil philip philippa phillip philomena phoebe phuong phyllis pierre ping piotr pippa polly pooja poppy
    pradeep prakash pranav pravin precious preeti primrose prince princess priscilla priya pryia przemyslaw puja qasim
    qiang quan quang quentin quinn rabia rachael rachel rachelle rachid radoslaw rafael rafal raheem rahim rahma rahul
    raj raja rajesh rajinder rajiv rakesh ralph ram ramesh ramon ramona rana randolph rania ranjit raquel rashid
    rashida raul ravi ravinder ray raymond razia rebeca rebecca rebekah reece reg reggie reginald rehan rehana reid
    rekha remi renata rene reuben rex rhea rhian rhiannon rhoda rhona rhonda rhys ricardo richard rick ricky ridwan
    riley rina rio rita river riya rizwan rob robbie robert roberta roberto robin robyn rochelle roderick rodney roger
    rohan rohit roisin roland roman romeo romy ron ronald ronan ronnie rory rosa rosalie rosalind rosamund rosanna
    rose roseanne rosemarie rosemary rosie ross rowan rowena roxanne roy ruben ruby rufus rukhsana rupa rupert
    rupinder russell ruth ryan ryszard saad sabina sabrina sachin sadia sadie safa saffron sagal sahal sahra saif
    saima sajid sakina salim salima sally salma salman sam samantha samia samina samir samira samson samuel sana
    sandeep sandra sandy sanjay sanjeev santiago saoirse sapna sara sarah sarika sarita saskia satish satnam saul
    savannah scarlet scarlett scott seamus sean sebastian seema segun selena selina selma seren serena sergei sergio
    serhii seth seun shabana shabnam shah shahid shahida shaikh shailesh shamim shamima shane shania shannon sharmin
    sharon shaun shauna shaw shawn shayla shayne sheena sheila shelby shelley sherry sheryl shilpa shirin shirley shiv
    shivani shona shreya shubham shukri shyam sian siddharth sidney sidra siena sierra silvia simon simona simone
    sinead siobhan sipho sky skye skyla slawomir sneha sofia sohail soham sola somaya sonia sonja sonny sonya sophia
    sophie sophy spencer stacey stacy stan stanislaw stanley stefan stefania stefanie stella stephan stephanie stephen
    steve steven stewart stuart sudhir sue sufyan suhail sukhdeep sukhjit sukhwinder suleiman sultana sumaiya sunil
    sunita suraj suresh surinder susan susana susanna susannah sushma susie suzanne svetlana swapna swati sybil sydney
    syed sylvia sylwia szymon tabitha tadeusz tafadzwa tahir taiwo talha talia tamara tamika tamsin tania tanisha
    tanvir tanya tara tariq tariro tarun tasha tatiana tatyana taylor tayo tayyab ted tegan temitope tendai terence
    teresa terri terry tess tessa thabo thanh thao thea thelma theo theodore theresa thi thomas thu thuy tia tiana
    tiffany tilda tilly tim timothy tina titilayo tobi toby todd tom tomas tomasz tommy tomos toni tony tracey tracy
    trang travis trevor tricia trinity tristan troy tuan tudor tunde tushar tuyet tyler tyrone uche ulrich uma umar
    umesh una urmila ursula usama usha usman uzma valentina valerie van vanessa varsha vasile vaughan vera verity
    vernon veronica vicki vickie vicky victor victoria vihaan vijay vikas vikram viktor vimal vinay vince vincent vinh
    vinod viola violet vipul virginia vishal vitaly vivek vivian vivien vivienne vlad vladimir volodymyr wahid waleed
    walter wanda waqas warren warsame wasim wayne wei wen wendy wesley wiktor wiktoria wilfred will william willow
    wilma wilson winifred winnie winston wojciech woody xavier xiao xin yahya yakub yan yara yash yasin yasir yasmeen
    yasmin yasmine yaw yemi yetunde yewande ying yogesh yolanda yousef yousuf ysabel yuan yuki yulia yun yunus yuri
    yusra yusuf yvette yvonne zac zach zachariah zachary zack zahara zahid zahra zaid zain zainab zak zakariya zaki
    zakir zara zaynab zbigniew zeeshan zehra zena zeynep zhen zia zoe zofia zohra zoya zubaida zubair zuzanna
""")

SURNAMES = _words("""
    abbas abbott abdi abdullah abdullahi abraham abubakar acheampong adam adams adamson addo adebayo adeleke adeniyi
    adeoye adesina adewale adeyemi adjei afolabi afolayan afzal agarwal agbaje aguilar agyeman ahmad ahmadi ahmed
    ahmedi ahsan aidoo ainsworth ajayi akande akhtar akinola akinyemi akram akther alabi alam albu alexander alexandru
    ali alison allan allen allison almeida alom aluko alvarez amadi ambrose amin amoah anand anderson andrade andrei
    andrews ansah anthony anyanwu appiah archer arif armstrong arnold arshad arthur asamoah asante asghar ashby ashton
    ashworth asif askew aslam atkins atkinson austin awolowo aydin ayeni ayodele azam azikiwe aziz baba babatunde
    bailey bain bains baird bajwa baker balakrishnan balan baldwin ball ballard balogun bamford bamidele bangura
    bankole banks bannister baran barber barker barlow barnes barnett barr barrett barron barrow barry bartlett barton
    bashir bates batten baxter bayliss beattie beaumont beck begum bell bello benjamin bennett benson bentley bernard
    berry best bevan bhatt bhatti bibi bielak bingham birch bird bishop biswas black blackburn blackwell blair blake
    boadu boateng bolton bond bondarenko booth boswell bourke bourne bowden bowen bower bowers bowman boyce boyd boyko
    boyle bradbury bradley bradshaw brady braithwaite bray brennan brett brewer briggs bright britton broadbent
    bromley brookes brooks broughton brown browne bruce bruton bryan bryant buchanan buckley bukhari bull burgess
    burke burnett burns burrows burt burton busby bush butcher butler butt byrne cahill cain caldwell callaghan
    cameron campbell cannon carey carlin carlson carney carpenter carr carroll carson carter cartwright carvalho casey
    cassidy castro celik chadwick chakraborty chamberlain chambers chan chandler chandra chang chapman charles
    charlton chatterjee chaudhari chaudhary chaudhri chaudhry chaudhury chauhan cheema chen cheng cheung chikwanha
    child chirwa chopra choudhury chowdhry chowdhury christie chukwu church clark clarke clarkson clayton clegg
    clements cliff clifford close coates cobb cochrane cohen cole coleman coles coll collier collins connell connolly
    connor conroy conway cook cooke cooney cooper cope copeland corbett cosgrove costa costello cotter cotton cottrell
    coulson cousins cowan cox coyle craig crane crawford cresswell crook cropper crosby cross crossley crouch crowther
    cruz cullen cummings cunningham curran currie curry curtis czarnecki da dale dalton daly daniel daniels danjuma
    dar darby das dave davey davidson davies davis davison dawson day deacon dean deane demir denham dennis dent
    denton desai deshmukh devi devlin dey dhaliwal dhillon diallo diaz dickinson dickson dixon dlamini dobson dodd
    doherty dolan donald donaldson donnelly donovan douglas dowling downes downing doyle drake drew driscoll dube
    duckworth duda dudek dudley duffy duggan dumitru duncan dunlop dunn dunne durrant dutta dutton dwyer dyer dyson
    eaton eccles edwards egan ejaz ekwueme elliott ellis ellison emery english erdogan eriksson essien evans evanson
    everett eze ezeh fahey fairclough fairhurst fallon farah farmer farnworth farooq farooqi farrell farrow faruk
    fashola faulkner fawcett featherstone fenton ferguson fernandes fernandez ferreira field fielding finch findlay
    finlay finn finnegan firth fisher fitzgerald fitzpatrick flanagan fleming fletcher flood florea flynn foley forbes
    ford foreman forster forsyth foster fowler fox francis franklin fraser freeman french frost fry fuller furlong
    gabriel gallagher galloway gamble gandhi garcia gardiner gardner garner garrett garza gaskell gay george georgescu
    georgiou ghani ghosh gibbons gibbs gibson gilbert giles gill gillespie gilmore glover goddard godfrey golding
    gomes gomez gondal gonzalez goodall goodchild goode goodman goodwin gordon gorman gough gould goyal grabowska
    grabowski grady graham grainger grant graves gray green greene greenwood gregory grewal grey griffin griffith
    griffiths gunn gupta guzman gyamfi haddad haider haigh haines hale hall hallam halliday hamid hamilton hammond
    hampton hancock hanif hanna hanson haq haque harding hardy hargreaves harper harrington harris harrison hart
    hartley harvey hasan hashmi hassan hastings hawkins haworth hayat hayes haynes hayward healy heath heaton
    henderson henry herbert hernandez herrera hewitt hibbert hickman hicks higgins higginson hill hilton hinds hirst
    ho hobbs hodge hodges hodgkinson hodgson hogan holden holder holland holloway holmes holroyd holt hooper hope
    hopkins hopkinson hoque horne horner horsfall horton hossain houghton houston howard howarth howe howell howells
    huang hudson hughes hull hulme hume humphrey humphreys humphries hunt hunter huntley hurst hussain hussaini
    hussein hutchinson hutchison huynh hyde ibrahim igwe ilie inglis ingram innes ionescu ionita iordache iqbal irving
    irwin isaac islam ismail ivanov ivory iyer jablonski jackson jacob jacobs jagger jahan jain jalloh jama james
    jamieson jamil jankowski jarvis jasinski javaid javed jeffery jenkins jennings jensen jephson jerome john johns
    johnson johnston johnstone jones jordan joseph joshi joyce kabir kaczmarek kaczmarska kalinowski kamara kamau
    kaminska kaminski kane kang kaplan kapoor kapur kara karim kariuki kaur kavanagh kay kaya kaye kazmi kean keane
    kearney keating keen kelleher keller kelly kemp kendall kennedy kenny kent kenyon kerr kershaw khalid khan khanom
    khattak khatun khumalo kidd kim kimani king kingsley kinsella kirby kirk kirkham kirkpatrick knight knott knowles
    knox koc kohli kolodziej korkmaz kovalchuk kovalenko kowalczyk kowalska kowalski kozlowska kozlowski kravchenko
    krawczyk krishnan krol kubiak kumar kumari kwiatkowski lacey lad lakhani lal lam lamb lambert lancaster lane lang
    langley larkin latif lau law lawal lawrence lawson lawton lazar le leach leadbetter lee lees leigh lennon leon
    leonard leslie lester levy lewandowska lewandowski lewis li liang lim lin lincoln lindsay ling lis lister little
    liu livingstone lloyd lo locke lockwood lodhi logan lone long longman lopez lord love lovell lowe lowry lucas lupu
    lynch lyons lysenko ma mac macdonald macdougall macfarlane macgregor mackay mackenzie mackie mackinnon maclean
    macleod macmillan macpherson madden maguire mahajan maher mahmood mahmoud mahon mahoney maina majewski makepeace
    malik malinowski mallett malone maloney mann manning manole manson marciniak marin marley marques marriott marsden
    marsh marshall martin martinez martins masih mason massey masters matei mather matthews maxwell may mayo mazumder
    mazur mbeki mcallister mcbride mccabe mccann mccarthy mccormack mccormick mcculloch mcdermott mcdonald mcdonnell
    mcgee mcgill mcginty mcgovern mcgowan mcgrath mcgregor mcguinness mcguire mcinerney mcintosh mcintyre mckay mckee
    mckenna mckenzie mckinley mclaughlin mclean mcleod mcloughlin mcmahon mcmanus mcmillan mcmullan mcnally mcnamara
    mcneill mcnulty mcpherson mcqueen mead mehmood mehta mellor melnyk melville memon mendes mendoza menon mensah
    meredith merritt metcalfe mia miah mian michalak michalski middleton mihai miles millar miller mills millward
    milne milner minhas miranda mirza mishra mistry mitchell modi moffat mohamed mohammad mohammed mohamud mokoena
    moldovan mollah molloy moloney mondal montgomery moon moore morales moran moreno morgan morley morrell morris
    morrison morrissey morrow morton moses moss mottram mountford moyo mugabe mughal muhammad muir mukherjee
    mulholland mullen munro munshi munteanu murphy murray musa mustafa mutasa mwangi myers nadeem nagy naidoo naidu
    nair nandi naqvi narayan nash nawaz naylor nazir ncube ndlovu neal neale needham neil nelson neville newell newman
    newton ng nguyen niazi nichol nicholas nicholls nichols nicholson nicolson nistor nixon njoroge nkosi noble nolan
    noor norman norris north norton norwood novak nowak nowakowska nowakowski nunes nunn nuttall nwosu nyambura
    o'brien o'callaghan o'connell o'connor o'donnell o'dowd o'driscoll o'grady o'hara o'keefe o'leary o'mahony o'neill
    o'reilly o'rourke o'shea o'sullivan o'toole oakley oates obi obrien oconnor odell odhiambo odonnell ogden
    ogunbanjo ogunbiyi ogunleye ojo okafor okeke okeowo okonkwo okorie okoro oladele oladipo olaniyan oldham oliveira
    oliver oliynyk olsen olszewski oneill onwuka onyango opoku oreilly ortiz osborne osei osman ostrowski osullivan
    otieno owen owens owusu oyelaran oyelowo ozdemir ozturk padilla page paine palmer pandey parekh park parker parkes
    parkin parkinson parmar parr parry parsons partridge pascoe patel paterson pathak paton patterson patton paul
    pavlov pawlak pawlowska pawlowski payne peacock pearce pearson peck pedersen peel penn penrose pereira perera
    perez perkins perry pervez peters petersen petre petrenko petrescu petty pham phelan phillips philpott pickering
    pickles pierce pietrzak pike pillai pinto piotrowski plant platt plumb plummer polat polishchuk pollard pollock
    poole popa pope popescu porter potter potts powell power prasad pratley pratt preda preece prentice prescott
    preston price prince pritchard proctor pryce pugh purcell puri qadir qazi quaye quigley quinn quraishi qureshi
    rabbani radford radu rae rafferty rafiq rafique rahman rai raja rajput ralph ram ramirez ramos ramsay ramsey rana
    randall randhawa rani rankin rao rasheed rashid ratcliffe rathod rawlings rawlinson raymond raza read reddy
    redfern redmond reed rees reeve reeves regan rehman reid reilly reyes reynolds rhodes ribeiro rice rich richards
    richardson richmond ridley rigby riley rimmer ritchie rivera rizvi rob roberts robertson robinson robson roche
    rodgers rodrigues rodriguez rogers rojas romero rooney rose ross rossi rowe rowland rowlands rowley roy royle ruiz
    rush rushton russell rusu ryan sadiq saeed sahin said saini saleem saleh salim salman salmon samuel samuels
    sanchez sanders sanderson sandher sandhu sandu santos sargent sarkar sarwar satti saunders savage sawyer saxena
    scanlon schmidt schofield scholes scott sears seddon sehgal sellers serban sesay seth sethi sewell seymour shabbir
    shah shaikh shakoor shannon sharif sharma sharp sharpe sharples shaw shea sheehan shelton shepherd sheppard
    sheridan sherwood shevchenko shevchuk shields short shukla sibanda siddique siddiqui sidhu sikora silk silva
    simmonds simmons simms simpson sims simsek sinclair singh singleton sinha sketchley skinner slack slater sleath
    sloan smart smith smyth smythe snow sobczak sohail solomon somers soni sousa south spence spencer spooner stacey
    stafford stan stanciu stanley staples stark steele stein stephens stephenson stepien stevens stevenson steward
    stewart stirling stoica stokes stone storey strickland stringer strong stuart stubbs sturgess suleman sullivan
    sultana summers sutherland sutton swain swan sweeney swift syed sykes symanski szabo szczepanski szymanska
    szymanski tahir talbot talukder tan tang tanner tariq tate tattersall taylor teixeira tekin temple tennant terry
    tetley tetteh thapa thomas thompson thomson thorne thornton thorpe tiernan tierney timms tindall tinsley tiwari
    tkachenko tobin todd toma tomlinson toor topping torres townsend tracey tran traore travers treharne trevelyan
    trivedi trotter tucker tudor tudose tully turnbull turner twigg twomey tyler tyrrell tyson uddin ullah underwood
    unwin upson upton urban usman uzoma vance varga vargas vaughan vaz vega velasco venables verma vernon vickers
    vincent virk voicu vu vyas wade wadsworth waheed wainwright wakefield walczak walker wall wallace waller wallis
    walmsley walsh walters walton wang wanjiru ward wardle ware wareham waring warner warren warsame waterhouse waters
    watkins watkinson watson watt watts weatherall weaver webb webber webster weeks weir welch weller wells welsh west
    weston westwood whalley wheatley wheeler whelan whitaker white whitehead whitehouse whiteley whitfield whitmore
    whittaker whittle whitworth whyte wieczorek wiggins wilcox wild wilde wilkes wilkins wilkinson wilks willetts
    williams williamson willis wilmot wilson winfield winstanley winter winters wisniewska wisniewski witkowski witt
    wlodarczyk wojciechowska wojciechowski wojcik wolf wong wood woodcock woodhouse woodley woods woodward woolley
    wootton worthington wozniak wragg wren wright wrobel wu wyatt wylie wynne wysocki xu yadav yang yaqoob yardley
    yates yeates yeboah yeo yildiz yilmaz yip york younas young younis yousaf yusuf zafar zaidi zajac zakrzewski zaman
    zawadzki zhang zhao zheng zhou zhu zielinska zielinski zulu
""")

#: Words of places, bodies and things: as a last word they are never a person's name.
NOT_PEOPLE = _words("""
    abbey abuse academy agency alcohol alley ambulance and anti approach arcade area assault association at authority
    avenue bank bay beach behaviour borough bridge brigade broadway brook building buildings burglary business by
    bypass bypasses camp canal canals castle cathedral cemetery centre charity chase church circus city cliff clinic
    close coast college common community copse corner corners cottages council county court courts coves crescent
    crime croft cross crossing dale damage department disorder district divide dock docks domestic downs drive drives
    drug drugs east education end england estate estates expressway extension falls farm fell ferry field fields fire
    flats for force fords forest forges forks forts foundation freeway from fund garage garden gardens gate gateway
    glade glen grange green grove groves hall hamlet harbor harbors harbour harm hate haven head health heath heights
    high highway hill hills hollow hospital hostel hotel house housing in industrial infirmary inlet inn ireland
    island islands isle junction keys knife knolls lake lakes landing lane leisure library limited loaf lock locks
    lodge ltd mall maltings manor manors market marsh mead meadow meadows mews mill mills mission moor motor mount
    mountain near neck no north not of office on only or orchard order parade parish park parks parkway parkways
    partnership pass passage path pharmacy pier pike pine pines place plain plaza point points police pool port ports
    prairie precinct priory prison probation project property quarter quay ranch rank rapid rapids reach refuge region
    rescue rest retail ridge ridges riding ring rise river road roads robbery route row run sands school schools
    scotland sea service services sexual shoal shoals shop shopping shore shores sidings site skyway society south
    spinney springs spur spurs square station store stores stravenue stream street summit supermarket support surgery
    team terrace the theatre theft throughway to tower town trace track trading trafficway trail trust tunnel turnpike
    twin underpass union unions unit university vale valley valleys via viaduct view views villa village villas ville
    violence vista wales walk ward way weapons well wells west wharf with wood woodland woods workshop yard yes
    yorkshire youth zone
""")

#: Forenames and surnames that, standing alone, are as likely a place, colour, calling, faith, month or thing.
ALONE_NOT = (
    _words("""
    amber april asia august aurora austin autumn ava baker ball banks bao barber barnes barnet barrow bedford berry
    best birch bird bishop black blackburn blessing bolton bond booth bourne bradford bright bromley brooke brooks
    broughton brown burton bush butcher butler butt cannon carpenter carter chambers chelsea chester child christian
    christie clayton cliff comfort cook cooper cotton crane croydon crystal curry da dalton dar dawn day denton dev
    devon dover drake dudley eaton ebony english faith farmer ferguson fisher flood flora florence ford foreman fox
    france francis freeman french frost gamble georgia glover gray grey guy hale hampton harmony hart hastings hazel
    heather hilton holland holly hope horton houston hull hunt hunter hurst hyde india iris islam israel ivory ivy
    jade jordan joy jun june kent king kingsley kingston knight lad lamb lan lancaster law lee leigh lincoln lis
    little lo locke london lone long lord love luna ma mac male marsden marshall mason masters may mayo mercy
    middleton miles mills milton min ming moon moss nelson new newton noble norton oakley oldham olive other page
    parsons patience pearl penny perry pike plant poole pope poppy porter potter potts power precious preston price
    prince princess ray read reed rice rich richmond ridley rose ruby rush sage sandy savage say scarlet shannon sharp
    sheppard shields shirley short sierra silk skinner sky skye slack small smart snow spencer stafford stanley stark
    steele stirling stone storey strong summer summers sutton swan swift sydney taylor temple terry thorne thornton
    thu trang trinity troy tyne upton urban van victoria violet virginia wade wakefield walker wall wareham warren
    waters welsh wen weston white wild will willow winter winters wolf york young
""")
    | NOT_PEOPLE
)

#: Whom a name may be said to be the name of, in a header.
PEOPLE = _words("""
    adult applicant boy brother caller carer caseworker child children claimant client clients clinician complainant
    contact customer daughter deceased defendant driver employee family father girl gp guardian householder individual
    informant keyworker kin landlord learner mother neighbour nominal offender offenders officer owner parent parents
    participant partner patient patients perpetrator person persons practitioner pupil referrer relative resident
    respondent responsible service sister social son spouse staff student subject suspect suspects tenant user users
    victim victims witness woman worker young
""")
